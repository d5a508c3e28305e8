import type { ReactNode } from 'react';
import './card.css';

/** A section: its heading, what stands beside it, and its content. */
export function Card({ id, title, aside, children }: { id: string; title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="card" aria-labelledby={`${id}-title`} id={id}>
      <header className="card-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {aside}
      </header>
      <div className="card-body">{children}</div>
    </section>
  );
}
