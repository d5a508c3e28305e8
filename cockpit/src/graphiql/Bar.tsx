import type { SessionControl } from '../shared/useSession';
import type { Example } from './examples';
import { ExamplesMenu } from './ExamplesMenu';
import { SignIn } from './SignIn';

/** The slim bar above the explorer: what this page is, the examples, and who is signed in. */
export function Bar({ control, examples }: { control: SessionControl; examples: Example[] }) {
  return (
    <header className="explorer-bar">
      <a className="explorer-home" href="/">
        rpm-api
      </a>
      <h1>explorer</h1>
      <ExamplesMenu examples={examples} />
      <SignIn control={control} />
    </header>
  );
}
