import { useState } from 'react';
import { signInUrl, type Methods } from '../shared/auth';
import { Logo } from './Logo';
import './splash.css';

const WHY = {
  idle: 'You were signed out after an hour without use.',
  ended: 'Your session has ended. Please sign in again.',
};

const NAMES: Record<string, string> = { 'accounts.google.com': 'Google' };

/** The ways to sign in: the identity provider, and in the demo whom one can be by a click. */
export function SignInPage({ methods, why, onDemo }: { methods: Methods; why: keyof typeof WHY | null; onDemo: (email: string) => Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const host = methods.provider && new URL(methods.provider).hostname;

  async function demo(email: string) {
    setBusy(true);
    try {
      await onDemo(email);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  }

  return (
    <main className="splash">
      <div className="sign-in" aria-busy={busy}>
        <Logo size={40} />
        <h1>RPM cockpit</h1>
        <p className="sign-in-why">{why ? WHY[why] : 'Weekly plans, live.'}</p>
        {host && (
          <a className="button button-primary" href={signInUrl()}>
            Sign in with {NAMES[host] ?? host}
          </a>
        )}
        {methods.demo && (
          <section className="sign-in-demo" aria-label="Demo sign-in">
            <p>Demo: sign in as</p>
            {methods.demo.map(({ email, name, role }) => (
              <button key={email} type="button" className="button" disabled={busy} title={email} onClick={() => void demo(email)}>
                <span>{name}</span>
                <span className="who-role">{role}</span>
              </button>
            ))}
          </section>
        )}
        {!host && !methods.demo && <p>There is no way to sign in here. The server has no identity provider set up.</p>}
        {problem && (
          <p className="sign-in-problem" role="alert">
            {problem}
          </p>
        )}
      </div>
    </main>
  );
}
