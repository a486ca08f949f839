/**
 * Sends what is due to webhooks, from every API process: signed as https://www.standardwebhooks.com says, and again with growing waits for about a day
 * until a server takes it. What a process that dies had taken is sent again, so that a delivery may arrive twice, with the same `webhook-id`.
 */
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DeliveryLoop } from '../../outgoing/delivery-loop.js';
import { Outgoing } from '../../outgoing/outgoing.js';
import { signatureHeaders } from '../../outgoing/signature.js';
import { ProjectSecrets } from '../../store/project-secrets.js';
import { disableWebhook, recordAttempt, takeDue, type Attempted, type DueDelivery } from '../../store/webhooks.js';

/** Deliveries that one process sends at a time: a server that is slow holds up its own alone. */
const AT_ONCE = 20;
const TIMEOUT_MS = 15_000;
const LEASE_S = 60;
const GONE = 410;

const MINUTE_S = 60;
const HOUR_S = 3600;
/** After the first attempt, the second, …: together 24 hours and a half, as the specification proposes. */
const WAITS_S = [5, 5 * MINUTE_S, 30 * MINUTE_S, 2 * HOUR_S, 5 * HOUR_S, 7 * HOUR_S, 10 * HOUR_S];

@Injectable()
export class WebhookSender implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(WebhookSender.name);
  private readonly loop = new DeliveryLoop({
    deliver: () => this.sendDue(),
    atOnce: AT_ONCE,
    onProblem: (reason) => this.logger.warn(`Webhooks wait: ${reason}`),
  });

  constructor(
    private readonly dataSource: DataSource,
    private readonly secrets: ProjectSecrets,
    private readonly outgoing: Outgoing,
  ) {}

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.loop.close();
  }

  /** @returns how many were due */
  private async sendDue(): Promise<number> {
    const { manager } = this.dataSource;
    const due = await takeDue(manager, AT_ONCE, LEASE_S);
    await Promise.all(
      due.map(async (delivery) => {
        const attempted = await this.attempt(delivery);
        await recordAttempt(manager, delivery, attempted);
        if (attempted.answered === GONE) await disableWebhook(manager, delivery.webhookId);
      }),
    );
    return due.length;
  }

  private async attempt(delivery: DueDelivery): Promise<Attempted> {
    const againS = WAITS_S[delivery.attempts - 1] ?? null;
    try {
      const { status, ok } = await this.post(delivery);
      const error = ok ? null : `its server answered ${status}`;
      return { answered: status, error, againS: ok || status === GONE ? null : againS };
    } catch (error) {
      return { answered: null, error: error instanceof Error ? error.message : String(error), againS };
    }
  }

  private async post({ id, body, projectId, url, secret }: DueDelivery): Promise<Response> {
    const signed = signatureHeaders(await this.secrets.value(projectId, secret), id, body);
    const response = await this.outgoing.fetch(new URL(url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signed },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // Nobody reads what it says.
    await response.body?.cancel();
    return response;
  }
}
