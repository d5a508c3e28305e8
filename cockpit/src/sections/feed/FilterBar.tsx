import { useSection } from '../../lib/useSection';
import { Menu } from '../../ui/Menu';
import { ACTION_STATUS, FUNNEL_STAGE } from '../../ui/status';
import { FeedOwnersDocument, type ActionStatus, type FunnelStage } from '../../gql/graphql';
import type { Filters } from './filters';

export const STAGES: readonly FunnelStage[] = ['TOP', 'MIDDLE', 'BOTTOM'];
export const STATUSES: readonly ActionStatus[] = ['PENDING', 'IN_PROGRESS', 'BLOCKED', 'COMPLETED', 'CANCELLED'];

interface Props {
  filters: Filters;
  onOwners: (owners: string[]) => void;
  onStages: (stages: FunnelStage[]) => void;
  onStatuses: (statuses: ActionStatus[]) => void;
}

/** Whose actions, where in the funnel, in which state: kept in the address. */
export function FilterBar({ filters: { owners, stages, statuses }, onOwners, onStages, onStatuses }: Props) {
  const { data } = useSection(FeedOwnersDocument, {}, { anew: [] });
  const names = [...new Set([...(data?.owners ?? []).map(({ name }) => name), ...owners])].sort();
  const filtered = owners.length + stages.length + statuses.length > 0;
  return (
    <div className="filters" role="group" aria-label="Filters of the feed">
      <Menu label="Owner" options={names.map((name) => ({ value: name, name }))} chosen={owners} onChange={onOwners} />
      <Menu label="Stage" options={STAGES.map((value) => ({ value, name: FUNNEL_STAGE[value] }))} chosen={stages} onChange={onStages} />
      <Menu label="Status" options={STATUSES.map((value) => ({ value, name: ACTION_STATUS[value].name }))} chosen={statuses} onChange={onStatuses} />
      {filtered && (
        <button
          type="button"
          className="button button-small button-quiet"
          onClick={() => {
            onOwners([]);
            onStages([]);
            onStatuses([]);
          }}
        >
          Clear
        </button>
      )}
    </div>
  );
}
