/** A branch that forks. */
export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect className="logo-ground" width="32" height="32" rx="7" />
      <path className="logo-branch" d="M6 16h7m0 0c4 0 3-7 7-7h3M13 16h10M13 16c4 0 3 7 7 7h3" />
      <circle className="logo-fruit" cx="25" cy="9" r="2.2" />
      <circle className="logo-bud" cx="25" cy="16" r="2.2" />
      <circle className="logo-bud" cx="25" cy="23" r="2.2" />
    </svg>
  );
}
