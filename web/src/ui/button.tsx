import { Button as BaseButton } from '@base-ui/react/button';
import type { ComponentProps } from 'react';

export interface ButtonProps extends ComponentProps<typeof BaseButton> {
  readonly kind?: 'primary' | 'plain' | 'quiet' | 'danger';
}

export function Button({ kind = 'plain', type = 'button', className, ...others }: ButtonProps) {
  return <BaseButton type={type} className={`button button-${kind} ${String(className ?? '')}`} {...others} />;
}
