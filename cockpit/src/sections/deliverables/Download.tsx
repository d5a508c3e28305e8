import { useEffect, useRef, useState } from 'react';
import { useClient } from 'urql';
import { DeliverableLinkDocument, type DeliverableRowFragment } from '../../gql/graphql';

/** For how long a link is offered, in milliseconds; it lives for ten minutes. */
const OFFERED = 9 * 60_000;

type State = { is: 'idle' } | { is: 'asked' } | { is: 'here'; url: string } | { is: 'absent'; why: string };

/** Gets a link to the file when it is wanted, and follows it. */
export function Download({ deliverable: { id, title } }: { deliverable: Pick<DeliverableRowFragment, 'id' | 'title'> }) {
  const client = useClient();
  const [state, setState] = useState<State>({ is: 'idle' });
  const anchor = useRef<HTMLAnchorElement>(null);

  useEffect(() => {
    if (state.is !== 'here') return undefined;
    anchor.current?.focus();
    anchor.current?.click();
    const timer = setTimeout(() => setState({ is: 'idle' }), OFFERED);
    return () => clearTimeout(timer);
  }, [state]);

  async function ask() {
    setState({ is: 'asked' });
    const { data, error } = await client.query(DeliverableLinkDocument, { id }, { requestPolicy: 'network-only' }).toPromise();
    const url = data?.deliverable?.downloadUrl;
    if (url) setState({ is: 'here', url });
    else setState({ is: 'absent', why: error ? 'The link could not be made' : 'Not in the data lake' });
  }

  switch (state.is) {
    case 'here':
      return (
        <a ref={anchor} href={state.url} target="_blank" rel="noopener noreferrer">
          Open file<span className="unseen"> of {title}</span>
        </a>
      );
    case 'absent':
      return (
        <span className="download-absent" role="status">
          {state.why}
        </span>
      );
    default:
      return (
        <button type="button" disabled={state.is === 'asked'} onClick={() => void ask()}>
          File<span className="unseen"> of {title}</span>
        </button>
      );
  }
}
