import type { ReactNode } from 'react';
import type { Tone } from './Progress';
import './badge.css';

/** A word about the state of something. */
export function Badge({ tone = 'mute', children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`badge tone-${tone}`}>{children}</span>;
}

/** The same as a dot, beside words that say it. */
export function Dot({ tone }: { tone: Tone }) {
  return <span className={`dot tone-${tone}`} aria-hidden="true" />;
}
