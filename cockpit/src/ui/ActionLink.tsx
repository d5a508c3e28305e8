import { setParams } from '../lib/url';

/** An action's code; a click shows everything about it. */
export function ActionLink({ code }: { code: string }) {
  return (
    <button type="button" className="action-code action-link" title="Show everything about it" onClick={() => setParams({ action: code }, true)}>
      {code}
    </button>
  );
}
