import './progress.css';

/** A share of 0–100 as a bar. `tone` is the colour; `label` says of what, for those who do not see it. */
export function Progress({ value, label, tone = 'busy', size = 's' }: { value: number | null; label: string; tone?: Tone; size?: 's' | 'l' }) {
  const share = Math.min(Math.max(value ?? 0, 0), 100);
  return (
    <div
      className={`progress progress-${size} tone-${tone}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share)}
    >
      <span style={{ transform: `scaleX(${share / 100})` }} />
    </div>
  );
}

export type Tone = 'good' | 'busy' | 'warn' | 'fair' | 'bad' | 'mute';
