import type { ActiveFault, Faults } from '../faults/faults.ts';
import type { Endings } from './endings.ts';
import type { Line } from './line.ts';
import type { OpenSession, Sessions } from './sessions.ts';

type Scene = {
  readonly sessions: Sessions;
  readonly endings: Endings;
  readonly faults: Faults;
  readonly lineOf: (open: OpenSession) => Line | undefined;
};

/** Cuts connections, or lets them go silent, while the faults that say so are on. A stalled one goes on when its fault is taken off. */
export function disturbConnections({ sessions, endings, faults, lineOf }: Scene): Disposable {
  const timers = new Set<NodeJS.Timeout>();
  const stalled = new Map<Line, number>();
  const after = ({ id: faultId, ms }: ActiveFault & { ms: number }, open: OpenSession, act: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      const isOn = faults.list().some(({ id }) => id === faultId);
      if (isOn && sessions.find(open.session.clientId)?.client === open.client) act();
    }, ms);
    timers.add(timer);
  };
  const stall = (open: OpenSession, faultId: number) => {
    const line = lineOf(open);
    if (line === undefined) return;
    stalled.set(line, faultId);
    line.stall();
  };
  const mayDrop = (open: OpenSession, onlyId?: number) => {
    const drop = faults.strike('drop-connection', { client: open.session.clientId }, onlyId);
    if (drop !== undefined) after(drop, open, () => endings.cut(open.client, drop.reason));
  };
  const mayStall = (open: OpenSession, onlyId?: number) => {
    const silence = faults.strike('stall-connection', { client: open.session.clientId }, onlyId);
    if (silence !== undefined) after(silence, open, () => stall(open, silence.id));
  };
  sessions.onOpen((open) => [mayDrop, mayStall].forEach((disturb) => disturb(open)));
  faults.onChange((added) => {
    if (added?.fault === 'drop-connection') sessions.list().forEach((open) => mayDrop(open, added.id));
    if (added?.fault === 'stall-connection') sessions.list().forEach((open) => mayStall(open, added.id));
    const active = new Set(faults.list().map(({ id }) => id));
    for (const [line, id] of stalled) {
      if (active.has(id)) continue;
      stalled.delete(line);
      line.resumeTraffic();
    }
  });
  return { [Symbol.dispose]: () => timers.forEach((timer) => clearTimeout(timer)) };
}
