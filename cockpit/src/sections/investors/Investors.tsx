import { useEffect, useState } from 'react';
import { Provider, useQuery } from 'urql';
import { maySee } from '../../lib/access';
import { createCockpitClient } from '../../lib/client';
import { dateRange, decimal, money, percent } from '../../lib/format';
import { useViewer } from '../../lib/session';
import { Logo } from '../../layout/Logo';
import { ThemeSwitch } from '../../layout/ThemeSwitch';
import { Card } from '../../ui/Card';
import { Progress } from '../../ui/Progress';
import { Empty, Failure, Skeleton } from '../../ui/States';
import { InvestorsDocument, type InvestorsQuery } from '../../gql/graphql';
import { RevenueChart } from '../revenue/RevenueChart';
import '../revenue/revenue.css';
import '../../layout/header.css';
import './investors.css';

/** Sums move slowly: they are asked for again after this, in milliseconds. */
const AGAIN = 60_000;

/** The investors' page: sums and nothing else. No row of a plan is asked for, so none can be shown. */
export function Investors({ onSignOut, onSignedOut }: { onSignOut: () => Promise<void>; onSignedOut: () => void }) {
  const { member } = useViewer();
  const [{ client }] = useState(createCockpitClient);
  return (
    <Provider value={client}>
      <header className="header">
        <a className="brand" href="/investors" aria-label="RPM, investor view">
          <Logo />
          <span>RPM</span>
        </a>
        <h1 className="header-week">Investor view</h1>
        <div className="header-end">
          {maySee(member.role, 'currentWeek') && <a href="/">Cockpit</a>}
          <ThemeSwitch />
          <span className="who">
            <span className="who-name" title={member.email}>
              {member.name}
            </span>
            <span className="who-role">{member.role}</span>
          </span>
          <button type="button" className="button" onClick={() => void onSignOut()}>
            Sign out
          </button>
        </div>
      </header>
      <main className="investors">{maySee(member.role, 'investorSummary') ? <Sums onSignedOut={onSignedOut} /> : <Empty>The investor view is for investors and VIPs.</Empty>}</main>
    </Provider>
  );
}

function Sums({ onSignedOut }: { onSignedOut: () => void }) {
  const { formats } = useViewer();
  const [{ data, error, fetching }, ask] = useQuery({ query: InvestorsDocument, requestPolicy: 'cache-and-network' });
  const retry = () => ask({ requestPolicy: 'network-only' });
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && ask({ requestPolicy: 'network-only' }), AGAIN);
    return () => clearInterval(timer);
  }, [ask]);

  const isRefused = (error?.response as Response | undefined)?.status === 401;
  useEffect(() => {
    if (isRefused) onSignedOut();
  }, [isRefused, onSignedOut]);

  if (!data) return error && !fetching ? <Failure error={error} onRetry={retry} /> : <Skeleton lines={10} height={22} />;
  const { investorSummary: sums, completionTrends: weeks } = data;
  return (
    <>
      <p className="investors-as-of" role="status">
        As of <time dateTime={sums.asOf}>{formats.full(sums.asOf)}</time>, over {sums.weeks} {sums.weeks === 1 ? 'week' : 'weeks'}
        {error && ' (could not be read anew)'}
      </p>
      <div className="investors-figures">
        <Figure id="deliverables" title="Revenue of deliverables" value={money(sums.deliverableRevenue)} rate={sums.deliverableAchievementRate} note={aim(sums.deliverableAchievementRate, sums.deliverableRevenueTarget)} />
        <Figure id="songs" title="Revenue of songs" value={money(sums.songRevenue)} rate={sums.songAchievementRate} note={aim(sums.songAchievementRate, sums.songRevenueTarget)} />
        <Figure id="actions" title="Actions completed" value={percent(sums.completionRate)} rate={sums.completionRate} note={`${sums.completedActions} of ${sums.actions}`} />
        <Figure
          id="albums"
          title="Albums released"
          value={`${sums.releasedAlbums} of ${sums.albumGoal}`}
          rate={String((sums.releasedAlbums / Math.max(1, sums.albumGoal)) * 100)}
          note={`${sums.releasedSongs} of ${sums.songs} songs out, ${sums.publishedDeliverables} deliverables published`}
        />
      </div>
      <Card id="investor-revenue" title="Revenue, last 8 weeks">
        {weeks.length > 0 ? <RevenueChart points={weeks} shown={weeks[weeks.length - 1]?.startDate ?? null} /> : <Empty>There are no weeks yet.</Empty>}
      </Card>
      <Card id="investor-weeks" title="Week by week">
        {weeks.length > 0 ? <Weeks weeks={weeks} /> : <Empty>There are no weeks yet.</Empty>}
      </Card>
    </>
  );
}

function aim(rate: string | null, target: string | null): string {
  return target === null ? 'no target is set' : `${percent(rate)} of the target, ${money(target)}`;
}

function Figure({ id, title, value, rate, note }: { id: string; title: string; value: string; rate: string | null; note: string | null }) {
  return (
    <Card id={`investor-${id}`} title={title}>
      <p className="investors-value">{value}</p>
      <Progress value={rate === null ? null : Number(rate)} label={title} tone="good" size="l" />
      {note && <p className="section-note investors-note">{note}</p>}
    </Card>
  );
}

function Weeks({ weeks }: { weeks: InvestorsQuery['completionTrends'] }) {
  return (
    <table className="investors-weeks">
      <thead>
        <tr>
          <th scope="col">Week</th>
          <th scope="col">Completed</th>
          <th scope="col">Actions/day</th>
          <th scope="col">Revenue</th>
          <th scope="col">Reached</th>
        </tr>
      </thead>
      <tbody>
        {[...weeks].reverse().map((week) => (
          <tr key={week.startDate}>
            <th scope="row">{dateRange(week.startDate, week.endDate)}</th>
            <td>
              {percent(week.completionRate)} <span className="investors-of">{`${week.completedActions}/${week.totalActions}`}</span>
            </td>
            <td>{decimal(week.velocity)}</td>
            <td>{money(week.revenue.actual ?? 0)}</td>
            <td>{percent(week.revenue.achievementRate)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
