import classes from './brand.module.css';

export function Brand() {
  return (
    <span className={classes.brand}>
      <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="8" fill="var(--mantine-color-accent-6)" />
        <path
          d="M10.5 8v16M21.5 8v16M10.5 16h11"
          fill="none"
          stroke="#fff"
          strokeWidth="3.2"
          strokeLinecap="round"
        />
      </svg>
      Holdfast
    </span>
  );
}
