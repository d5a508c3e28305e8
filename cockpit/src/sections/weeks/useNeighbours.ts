import { useViewer } from '../../lib/session';
import { useNow } from '../../lib/now';
import { useParam } from '../../lib/url';
import { useSection } from '../../lib/useSection';
import { useWeek } from '../../lib/week/Week';
import { NeighboursDocument } from '../../gql/graphql';

const DAY = 86_400_000;

/** The day after a calendar day. */
export function dayAfter(date: string): string {
  return new Date(Date.parse(date) + DAY).toISOString().slice(0, 10);
}

/** The weeks before and after the one that is shown, of the same project; where none is, those before and after today. */
export function useNeighbours() {
  const { week, known } = useWeek();
  const { formats } = useViewer();
  const today = formats.isoDay(useNow());
  const asked = useParam('week');
  const project = useParam('project');
  const start = week?.startDate ?? (asked && !Number.isNaN(Date.parse(asked)) ? asked : today);
  const projects = week ? [week.project.code] : project ? [project] : null;
  const { data } = useSection(NeighboursDocument, { project: projects, before: start, from: dayAfter(start) }, { pause: !known });
  return { previous: data?.previous.nodes[0] ?? null, next: data?.next.nodes[0] ?? null };
}
