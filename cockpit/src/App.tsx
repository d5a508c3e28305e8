import { Dashboard } from './Dashboard';
import { maySee } from './lib/access';
import { LiveProvider } from './lib/live/Live';
import { useSessionControl, ViewerProvider } from './lib/session';
import { SignInPage } from './layout/SignInPage';
import { Splash } from './layout/Splash';
import { Investors } from './sections/investors/Investors';

/** Whether the sums are shown, rather than the week: by the address, and to whoever may see nothing else. */
function isInvestors(role: string): boolean {
  return location.pathname === '/investors' || !maySee(role, 'currentWeek');
}

/** The page: who is not signed in sees how to, everybody else what is theirs. */
export function App() {
  const control = useSessionControl();
  const { session } = control;
  switch (session.state) {
    case 'loading':
      return <Splash />;
    case 'unreachable':
      return <Splash problem={session.message} onRetry={control.retry} />;
    case 'signedOut':
      return <SignInPage methods={session.methods} why={session.why} onDemo={control.signInAs} onKey={control.signInWith} />;
    case 'signedIn':
      return (
        <ViewerProvider key={session.standing.member.email} standing={session.standing}>
          {isInvestors(session.standing.member.role) ? (
            <Investors onSignOut={control.signOut} onSignedOut={control.end} />
          ) : (
            <LiveProvider onSignedOut={control.end}>
              <Dashboard onSignOut={control.signOut} />
            </LiveProvider>
          )}
        </ViewerProvider>
      );
  }
}
