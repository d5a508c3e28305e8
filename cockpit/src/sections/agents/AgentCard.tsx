import { useId, useState } from 'react';
import { ago, calendarDay, decimal, percent } from '../../lib/format';
import { useNow } from '../../lib/now';
import { useViewer } from '../../lib/session';
import { useSection } from '../../lib/useSection';
import { ActionLink } from '../../ui/ActionLink';
import { Badge } from '../../ui/Badge';
import { Failure, Skeleton } from '../../ui/States';
import { AGENT_STATUS, health } from '../../ui/status';
import { AgentErrorsDocument, type AgentHistoriesQuery, type AgentRowFragment } from '../../gql/graphql';

type History = AgentHistoriesQuery['agents']['nodes'][number]['history'];

/** One agent: its score in its band's colour, what it does, when it was last heard of, its last seven days; more on demand. */
export function AgentCard({ agent, history }: { agent: AgentRowFragment; history: History | undefined }) {
  const { formats } = useViewer();
  const now = useNow(true);
  const [open, setOpen] = useState(false);
  const more = useId();
  const { name: state, tone } = AGENT_STATUS[agent.status];
  const band = health(agent.healthScore);
  return (
    <li className={`agent tone-${band.tone}`} data-agent={agent.name}>
      <Ring score={agent.healthScore} band={band.name} />
      <div className="agent-what">
        <p className="agent-head">
          <span className="agent-name">{agent.name}</span>
          <Badge tone={tone}>{state}</Badge>
          <time className="agent-heard" dateTime={agent.lastHeartbeat} title={`Last heartbeat ${formats.full(agent.lastHeartbeat)}`}>
            <span className="unseen">Last heartbeat </span>
            {ago(agent.lastHeartbeat, now)}
          </time>
        </p>
        <p className="agent-action">
          {agent.currentAction ? (
            <>
              <ActionLink code={agent.currentAction.code} /> <span title={agent.currentAction.text}>{agent.currentAction.text}</span>
            </>
          ) : (
            <span className="agent-idle">No action at the moment</span>
          )}
        </p>
      </div>
      <button type="button" className="agent-more" aria-expanded={open} aria-controls={more} aria-label={`${agent.name}: errors and the last 7 days`} onClick={() => setOpen(!open)}>
        {history ? <Days history={history} /> : <span className="agent-days" />}
        <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
          <path d="M2 3.5 5 6.5 8 3.5" fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" strokeLinejoin="round" />
        </svg>
      </button>
      <div id={more} className="agent-detail" hidden={!open}>
        {open && <Errors name={agent.name} />}
        {open && history && <Week history={history} />}
      </div>
    </li>
  );
}

const R = 17;

function Ring({ score, band }: { score: number; band: string }) {
  const around = 2 * Math.PI * R;
  return (
    <svg className="ring" width="44" height="44" viewBox="0 0 44 44" role="img" aria-label={`Health ${score} of 100: ${band}`}>
      <circle className="ring-track" cx="22" cy="22" r={R} />
      <circle className="ring-score" cx="22" cy="22" r={R} strokeDasharray={`${(Math.min(Math.max(score, 0), 100) / 100) * around} ${around}`} transform="rotate(-90 22 22)" />
      <text x="22" y="26.5" textAnchor="middle">
        {score}
      </text>
    </svg>
  );
}

/** Average health by day: a bar in the band's colour; a day without reports is a gap. */
function Days({ history: { days } }: { history: History }) {
  const label = `Health of the last 7 days: ${days.map(({ date, performance }) => `${calendarDay(date)} ${decimal(performance.healthAverage, 0)}`).join(', ')}`;
  return (
    <span className="agent-days" role="img" aria-label={label}>
      {days.map(({ date, performance: { healthAverage } }) => (
        <span
          key={date}
          className={healthAverage === null ? 'tone-mute' : `tone-${health(Number(healthAverage)).tone}`}
          style={{ height: healthAverage === null ? '8%' : `${Math.max(Number(healthAverage), 12)}%` }}
        />
      ))}
    </span>
  );
}

/** The error that it told of last. Read when it is wanted, and not before. */
function Errors({ name }: { name: string }) {
  const { data, error, loading, retry } = useSection(AgentErrorsDocument, { name }, { anew: ['AGENT_STATUS_CHANGE'] });
  if (loading) return <Skeleton lines={1} />;
  if (error && !data) return <Failure error={error} onRetry={retry} />;
  const log = data?.agent?.errorLog;
  return log ? <pre className="agent-errors">{log}</pre> : <p className="section-note">No error is on record.</p>;
}

function Week({ history: { days, total } }: { history: History }) {
  return (
    <>
      <p className="section-note">
        {`Last 7 days: ${total.actionsCompleted} completed, ${percent(total.utilizationRate)} utilised, ${total.errorCount} ${total.errorCount === 1 ? 'error' : 'errors'}.`}
      </p>
      <table className="agent-week">
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">Health</th>
            <th scope="col">Lowest</th>
            <th scope="col">Active</th>
            <th scope="col">Done</th>
            <th scope="col">Errors</th>
          </tr>
        </thead>
        <tbody>
          {[...days].reverse().map(({ date, performance }) => (
            <tr key={date}>
              <th scope="row">{calendarDay(date)}</th>
              <td>{decimal(performance.healthAverage, 0)}</td>
              <td>{performance.healthMinimum ?? '–'}</td>
              <td>{decimal(performance.activeHours)} h</td>
              <td>{performance.actionsCompleted}</td>
              <td data-any={performance.errorCount > 0}>{performance.errorCount}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
