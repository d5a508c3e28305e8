import type { ReactNode } from 'react';
import './stat.css';

/** One figure with its name, and a line beneath it. */
export function Stat({ name, value, note, children }: { name: string; value: ReactNode; note?: ReactNode; children?: ReactNode }) {
  return (
    <div className="stat">
      <dt>{name}</dt>
      <dd>
        <span className="stat-value">{value}</span>
        {note && <span className="stat-note">{note}</span>}
        {children}
      </dd>
    </div>
  );
}
