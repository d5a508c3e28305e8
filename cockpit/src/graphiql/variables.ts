/** Values for the examples that take variables: some depend on the clock, which a .graphql file cannot know. */

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString();
}

function dayBefore(days: number): string {
  return inDays(-days).slice(0, 10);
}

const variables: Record<string, () => Record<string, unknown>> = {
  'open-actions-of-jesse': () => ({ owner: 'Jesse', until: inDays(7) }),
  'search-actions': () => ({ words: 'album' }),
  // Any action's: without one, the log of everything.
  'history-of-action': () => ({ action: null }),
  'completion-by-owner': () => ({ from: dayBefore(7) }),
  'plans-and-revenue': () => ({ from: dayBefore(28) }),
  'agents-deliverables-albums': () => ({ from: dayBefore(7) }),
  'events-so-far': () => ({ after: null }),
  'songs-of-album': () => ({ album: '21 album release' }),
  // Deliberately no action's code: running the example as it stands must not complete anything.
  'complete-action': () => ({ input: { code: 'CODE-OF-THE-ACTION', actualHours: '1.5', evidencePath: null } }),
};

export function variablesFor(example: string): Record<string, unknown> | null {
  return variables[example]?.() ?? null;
}
