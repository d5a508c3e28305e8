/** What a role may ask, of the root fields that not everybody may: as `@access` in schema.graphql says. */

const FIELDS = {
  albums: ['ADMIN', 'VIP'],
  auditLog: ['ADMIN'],
  completionTrends: ['ADMIN', 'VIP', 'INVESTOR'],
  currentWeek: ['ADMIN', 'VIP', 'TEAM', 'AGENT'],
  investorSummary: ['ADMIN', 'VIP', 'INVESTOR'],
} as const;

/** Whether a role may ask a root field. What it may not, the page neither asks nor shows. */
export function maySee(role: string, field: keyof typeof FIELDS): boolean {
  return (FIELDS[field] as readonly string[]).includes(role);
}
