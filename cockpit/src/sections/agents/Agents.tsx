import { useEachHour } from '../../lib/now';
import { useSection } from '../../lib/useSection';
import { Card } from '../../ui/Card';
import { Dot } from '../../ui/Badge';
import { Empty, Failure, Skeleton } from '../../ui/States';
import { HEALTH } from '../../ui/status';
import { AgentHistoriesDocument, AgentsDocument } from '../../gql/graphql';
import { AgentCard } from './AgentCard';
import './agents.css';

/** Section 4: how the agents are, what they do, and how they were. */
export function Agents() {
  const { data, error, loading, retry } = useSection(AgentsDocument, {});
  const histories = useSection(AgentHistoriesDocument, {});
  // Today's part of it grows with the hours.
  useEachHour(histories.retry);

  const agents = data?.agents.nodes ?? [];
  const days = new Map(histories.data?.agents.nodes.map(({ id, history }) => [id, history]));
  const working = agents.filter(({ status }) => status === 'ACTIVE').length;
  return (
    <Card id="agents" title="Agent health" aside={agents.length > 0 && <span className="section-note">{`${working} of ${agents.length} active`}</span>}>
      {loading && <Skeleton lines={8} />}
      {error && !data && <Failure error={error} onRetry={retry} />}
      {data && agents.length === 0 && <Empty>No agent has reported yet.</Empty>}
      {agents.length > 0 && (
        <>
          <ul className="agents">
            {agents.map((agent) => (
              <AgentCard key={agent.id} agent={agent} history={days.get(agent.id)} />
            ))}
          </ul>
          <ul className="agents-bands" aria-label="What the colours of the scores mean">
            {HEALTH.map(({ from, name, tone }, at) => (
              <li key={name}>
                <Dot tone={tone} /> {name} {from}–{at === 0 ? 100 : (HEALTH[at - 1]?.from ?? 101) - 1}
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}
