import type { SessionControl } from '../shared/useSession';
import { CostOf } from './CostOf';
import { ExamplesMenu } from './ExamplesMenu';
import type { Told } from './fetcher';
import { SignIn } from './SignIn';

/** The slim bar above the explorer: what this page is, the examples, what the last operation cost, and who is signed in. */
export function Bar({ control, told }: { control: SessionControl; told: Told | null }) {
  return (
    <header className="explorer-bar">
      <a className="explorer-home" href="/">
        rpm-api
      </a>
      <h1>explorer</h1>
      <ExamplesMenu />
      <CostOf told={told} />
      <SignIn control={control} />
    </header>
  );
}
