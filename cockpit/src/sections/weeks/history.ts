/** What an entry of the audit log tells, in words. */

const CHANGES: Record<string, string> = {
  CREATED: 'Created',
  STARTED: 'Begun',
  COMPLETED: 'Completed',
  BLOCKED: 'Blocked',
  UNBLOCKED: 'Unblocked',
  CANCELLED: 'Cancelled',
  REOPENED: 'Reopened',
  REASSIGNED: 'Reassigned',
  RESCHEDULED: 'Rescheduled',
  INGESTED: 'Changed by its document',
};

const KINDS: Record<string, string> = {
  ACTION_COMPLETED: 'Completed',
  ACTION_BLOCKED: 'Blocked',
  ACTION_UPDATED: 'Changed',
  DELIVERABLE_PUBLISHED: 'Deliverable published',
  REVENUE_UPDATE: 'Revenue recorded',
};

/** Words out of a name in capitals: `SOME_THING` is “Some thing”. */
function words(name: string): string {
  const text = name.toLowerCase().replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What happened, and the particulars worth a line. `details` is as the log has it. */
export function told(kind: string, details: unknown): { what: string; more: string | null } {
  const all = typeof details === 'object' && details !== null ? (details as Record<string, unknown>) : {};
  const text = (name: string) => (typeof all[name] === 'string' && all[name] !== '' ? all[name] : null);
  const change = text('change');
  const what = (change && (CHANGES[change] ?? words(change))) ?? KINDS[kind] ?? words(kind);
  const [before, after] = [text('previousStatus'), text('status')];
  const parts = [
    text('title'),
    text('revenueActual') && `$${text('previousRevenueActual') ?? '0'} → $${text('revenueActual')}`,
    before && after && before !== after && `${words(before)} → ${words(after).toLowerCase()}`,
    text('blockerDescription') ?? text('reason'),
    text('evidencePath'),
  ].filter(Boolean);
  return { what, more: parts.join(' · ') || null };
}
