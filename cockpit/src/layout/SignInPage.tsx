import { useState, type FormEvent } from 'react';
import { signInUrl, type Methods } from '../shared/auth';
import type { Why } from '../lib/session';
import { Logo } from './Logo';
import './splash.css';

const WHY: Record<Why, string> = {
  idle: 'You were signed out after an hour without use.',
  ended: 'Your session has ended. Please sign in again.',
  key: 'Your key is not valid any more.',
};

const NAMES: Record<string, string> = { 'accounts.google.com': 'Google' };

interface Props {
  methods: Methods;
  why: Why | null;
  onDemo: (email: string) => Promise<void>;
  onKey: (key: string) => Promise<void>;
}

/** The ways to sign in: the identity provider, in the demo whom one can be by a click, and on the investors' page an API key. */
export function SignInPage({ methods, why, onDemo, onKey }: Props) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [key, setKey] = useState('');
  const host = methods.provider && new URL(methods.provider).hostname;
  const forInvestors = location.pathname === '/investors';

  async function run(step: Promise<void>) {
    setBusy(true);
    setProblem(null);
    try {
      await step;
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    void run(onKey(key.trim()));
  }

  return (
    <main className="splash">
      <div className="sign-in" aria-busy={busy}>
        <Logo size={40} />
        <h1>{forInvestors ? 'RPM for investors' : 'RPM cockpit'}</h1>
        <p className="sign-in-why">{why ? WHY[why] : forInvestors ? 'How the plans are doing, in sums.' : 'Weekly plans, live.'}</p>
        {forInvestors && (
          <form className="sign-in-key" onSubmit={submit}>
            <label className="field">
              <span>Your access key</span>
              <input type="password" required autoComplete="off" spellCheck={false} placeholder="rpm_key_…" value={key} onChange={(event) => setKey(event.target.value)} autoFocus />
            </label>
            <button type="submit" className="button button-primary" disabled={busy}>
              Open
            </button>
            <p className="section-note">It is kept until you sign out or close this tab.</p>
          </form>
        )}
        {host && (
          <a className="button button-primary" href={signInUrl()}>
            Sign in with {NAMES[host] ?? host}
          </a>
        )}
        {methods.demo && (
          <section className="sign-in-demo" aria-label="Demo sign-in">
            <p>Demo: sign in as</p>
            {methods.demo.map(({ email, name, role }) => (
              <button key={email} type="button" className="button" disabled={busy} title={email} onClick={() => void run(onDemo(email))}>
                <span>{name}</span>
                <span className="who-role">{role}</span>
              </button>
            ))}
          </section>
        )}
        {!forInvestors && (
          <p className="sign-in-other">
            <a href="/investors">Investors: sign in with a key</a>
          </p>
        )}
        {!host && !methods.demo && !forInvestors && <p>There is no way to sign in here. The server has no identity provider set up.</p>}
        {problem && (
          <p className="sign-in-problem" role="alert">
            {problem}
          </p>
        )}
      </div>
    </main>
  );
}
