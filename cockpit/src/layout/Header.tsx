import { useState } from 'react';
import { ago, dateRange } from '../lib/format';
import { useLiveStatus } from '../lib/live/Live';
import { useNow } from '../lib/now';
import { useViewer } from '../lib/session';
import { useWeek } from '../lib/week/Week';
import { Dot } from '../ui/Badge';
import { FindAction } from '../sections/weeks/FindAction';
import { WeekNav } from '../sections/weeks/WeekNav';
import { ThemeSwitch } from './ThemeSwitch';
import { Logo } from './Logo';
import './header.css';

/** Which week, how fresh the page is, and who is signed in. */
export function Header({ onSignOut }: { onSignOut: () => Promise<void> }) {
  const { member } = useViewer();
  const { week } = useWeek();
  const [leaving, setLeaving] = useState(false);
  return (
    <header className="header">
      <a className="brand" href="/" aria-label="RPM cockpit, this week">
        <Logo />
        <span>RPM</span>
      </a>
      <h1 className="header-week">{week ? <><span className="header-week-of">Week of </span>{dateRange(week.startDate, week.endDate)}</> : 'RPM cockpit'}</h1>
      <WeekNav />
      <div className="header-end">
        <Freshness />
        <FindAction />
        <ThemeSwitch />
        <span className="who">
          <span className="who-name" title={member.email}>
            {member.name}
          </span>
          <span className="who-role">{member.role}</span>
        </span>
        <button
          type="button"
          className="button"
          disabled={leaving}
          onClick={() => {
            setLeaving(true);
            void onSignOut().finally(() => setLeaving(false));
          }}
        >
          Sign out
        </button>
      </div>
    </header>
  );
}

const WAYS = { websocket: 'Live', sse: 'Live', polling: 'Every 30 s' } as const;

function Freshness() {
  const now = useNow(true);
  const { channel, heardAt } = useLiveStatus();
  return (
    <span className="freshness" data-channel={channel ?? 'none'}>
      <Dot tone={channel === null ? 'bad' : channel === 'polling' ? 'warn' : 'good'} />
      <span className="freshness-way">{channel === null ? (heardAt === null ? 'Connecting' : 'Offline') : WAYS[channel]}</span>
      <span className="freshness-at">{heardAt === null ? '' : `Updated ${ago(heardAt, now)}`}</span>
    </span>
  );
}
