import { useState } from 'react';
import { signInUrl } from '../shared/auth';
import type { SessionControl } from '../shared/useSession';

/** Who is signed in, or the ways to sign in. */
export function SignIn({ control }: { control: SessionControl }) {
  const { session, problem } = control;
  const [busy, setBusy] = useState(false);

  async function run(step: () => Promise<void>) {
    setBusy(true);
    await step();
    setBusy(false);
  }

  return (
    <div className="explorer-sign-in" aria-busy={busy}>
      {problem && (
        <span className="explorer-problem" role="alert">
          {problem}
        </span>
      )}
      {session.state === 'signedIn' && (
        <>
          <span className="explorer-member" title={session.member.email}>
            {session.member.name}
          </span>
          <span className="explorer-role">{session.member.role}</span>
          <button type="button" disabled={busy} onClick={() => void run(control.signOut)}>
            Sign out
          </button>
        </>
      )}
      {session.state === 'signedOut' && session.methods.demo && (
        <>
          <span>Sign in as</span>
          {session.methods.demo.map(({ email, name, role }) => (
            <button
              key={email}
              type="button"
              title={email}
              disabled={busy}
              onClick={() => void run(() => control.signInAs(email))}
            >
              {name} <span className="explorer-role">{role}</span>
            </button>
          ))}
        </>
      )}
      {session.state === 'signedOut' && session.methods.provider && (
        <a href={signInUrl()}>Sign in with {new URL(session.methods.provider).hostname}</a>
      )}
      {session.state === 'signedOut' && !session.methods.provider && !session.methods.demo && (
        <span>No way to sign in here; send a token in the headers tab.</span>
      )}
    </div>
  );
}
