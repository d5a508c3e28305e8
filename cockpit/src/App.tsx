import { Dashboard } from './Dashboard';
import { LiveProvider } from './lib/live/Live';
import { useSessionControl, ViewerProvider } from './lib/session';
import { SignInPage } from './layout/SignInPage';
import { Splash } from './layout/Splash';

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
      return <SignInPage methods={session.methods} why={session.why} onDemo={control.signInAs} />;
    case 'signedIn':
      return (
        <ViewerProvider key={session.standing.member.email} standing={session.standing}>
          <LiveProvider onSignedOut={control.end}>
            <Dashboard onSignOut={control.signOut} />
          </LiveProvider>
        </ViewerProvider>
      );
  }
}
