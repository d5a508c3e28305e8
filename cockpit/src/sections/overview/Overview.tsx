import { maySee } from '../../lib/access';
import { calendarDay, decimal, percent } from '../../lib/format';
import { useViewer } from '../../lib/session';
import { useSection } from '../../lib/useSection';
import { useWeek } from '../../lib/week/Week';
import { Dot } from '../../ui/Badge';
import { Card } from '../../ui/Card';
import { Progress } from '../../ui/Progress';
import { Sparkline } from '../../ui/Sparkline';
import { Stat } from '../../ui/Stat';
import { Empty, Failure, Skeleton } from '../../ui/States';
import { RESULT_STATUS } from '../../ui/status';
import { OverviewDocument, OverviewMetricsDocument, OverviewTrendDocument, type OverviewWeekFragment } from '../../gql/graphql';
import './overview.css';

/** Section 1: the week in one look. */
export function Overview() {
  const { variables } = useWeek();
  const { data, error, loading, retry } = useSection(OverviewDocument, variables);
  const week = data?.currentWeek ?? data?.week;
  return (
    <Card id="overview" title="Week overview" aside={week && <span className="overview-plan">{week.code ?? week.project.title}</span>}>
      {loading && <Skeleton lines={7} />}
      {error && !data && <Failure error={error} onRetry={retry} />}
      {data && !week && <Empty>{variables.current ? 'No plan covers today.' : 'There is no plan for this week.'}</Empty>}
      {week && <Figures week={week} />}
    </Card>
  );
}

function Figures({ week }: { week: OverviewWeekFragment }) {
  const { principal } = useViewer();
  const { variables } = useWeek();
  const { data } = useSection(OverviewMetricsDocument, variables, { anew: ['ACTION_COMPLETED', 'ACTION_UPDATED', 'ACTION_BLOCKED'] });
  const metrics = (data?.currentWeek ?? data?.week)?.metrics;
  const { completed, inProgress, blocked, pending, total } = week.actionCounts;
  return (
    <>
      <div className="overview-lead">
        <p className="overview-rate">
          <strong>{percent(week.completionRate)}</strong>
          <span>
            complete · {completed} of {total} actions
          </span>
        </p>
        <p className="overview-counts">
          <span>
            <Dot tone="busy" /> {inProgress} in progress
          </span>
          <span>
            <Dot tone="bad" /> {blocked} blocked
          </span>
          <span>
            <Dot tone="mute" /> {pending} pending
          </span>
        </p>
      </div>
      <Progress value={week.completionRate === null ? null : Number(week.completionRate)} label="Completion of the week" tone="good" size="l" />

      <dl className="stats overview-stats">
        <Stat
          name={`${principal}’s completion`}
          value={percent(metrics?.principal.rate)}
          note={metrics && metrics.principal.total > 0 && `${metrics.principal.completed} of ${metrics.principal.total}`}
        />
        <Stat name="On time" value={percent(metrics?.onTimeRate)} note="of completed" />
        <Trend velocity={metrics?.velocity ?? null} start={week.startDate} />
      </dl>

      <h3 className="overview-title">Results committed</h3>
      {week.results.nodes.length === 0 && <Empty>This plan commits to no results yet.</Empty>}
      <ul className="results">
        {week.results.nodes.map((result) => {
          const { tone, name } = RESULT_STATUS[result.status];
          return (
            <li key={result.id}>
              <span className="results-code">{result.code}</span>
              <span className="results-text" title={result.text}>
                {result.text}
              </span>
              <span className="results-count">
                {result.actionCounts.completed}/{result.actionCounts.total}
              </span>
              <span className="results-rate">{percent(result.completionRate)}</span>
              <Progress value={result.completionRate === null ? null : Number(result.completionRate)} label={`${result.code}: ${name}`} tone={tone} />
            </li>
          );
        })}
      </ul>
    </>
  );
}

/** Velocity week over week, up to the week that is shown. */
function Trend({ velocity, start }: { velocity: string | null; start: string }) {
  const { member } = useViewer();
  const { data } = useSection(OverviewTrendDocument, {}, { anew: ['ACTION_COMPLETED', 'ACTION_UPDATED'], pause: !maySee(member.role, 'completionTrends') });
  const points = data?.completionTrends ?? [];
  const values = points.map((point) => Number(point.velocity ?? 0));
  const before = [...points].reverse().find((point) => point.startDate < start && point.velocity !== null);
  const change = before && velocity !== null && Number(before.velocity) > 0 ? (Number(velocity) / Number(before.velocity) - 1) * 100 : null;
  const label = `Velocity by week: ${points.map((point) => `${calendarDay(point.startDate)} ${decimal(point.velocity)}`).join(', ')}`;
  return (
    <div className="stat overview-trend">
      <dt>Velocity</dt>
      <dd>
        <span className="stat-value">{decimal(velocity)}</span>
        <span className="stat-note">
          actions/day
          {change !== null && (
            <b className={change < 0 ? 'down' : 'up'} title="Against the week before">
              <span aria-hidden="true"> {change < 0 ? '▾' : '▴'}</span>
              <span className="unseen"> {change < 0 ? 'down' : 'up'} </span>
              {percent(Math.abs(change))}
              <span className="unseen"> against the week before</span>
            </b>
          )}
        </span>
        <Sparkline values={values} label={label} />
      </dd>
    </div>
  );
}
