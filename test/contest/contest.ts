import { aHome } from '../e2e/run.ts';
import { diceOf } from './dice.ts';
import { INTRUDERS } from './intruders/intruders.ts';
import { leakOf, openFilesOf } from './open-files.ts';
import { openSessionsAt } from './referee.ts';
import { openRing, type Ring, strikesOf } from './ring.ts';
import { fightRound, type Report } from './round.ts';

/** How long a broker may take to close what its clients have left. */
const SETTLE_MS = 20_000;
/** The latest that an event comes: the longest delay there is, and some. */
const LATE_EVENTS_MS = 8_000;

/** Some of these strike now and then, in every round: the SDK tries again. None is one that the contest itself calls. */
const API_FAULTS = [
  ...['UpdateCertificate', 'DescribeCertificate', 'DetachPolicy', 'ListAttachedPolicies'].flatMap(
    (operation) => [
      `throttle,operation=${operation},rate=0.05`,
      `server-error,operation=${operation},rate=0.03`,
    ],
  ),
  'lost-reply,operation=UpdateCertificate,rate=0.05',
  'lost-reply,operation=DetachPolicy,rate=0.05',
];

export type ContestOptions = {
  readonly seed: string;
  readonly count: number;
  /** How many rounds are fought at a time. */
  readonly abreast: number;
  /** These rounds alone, of those that the seed draws. */
  readonly only?: readonly number[];
  readonly onReport?: (report: Report) => void;
};

/** What came of it: the rounds, and what was found afterwards. */
export type Outcome = {
  readonly reports: readonly Report[];
  readonly afterwards: readonly string[];
  /** How often each of the API's faults struck, which are on in every round. */
  readonly struck: Readonly<Record<string, number>>;
};

/** Fights so many rounds, of every kind of intruder equally many, against one sandbox. */
export async function contest(options: ContestOptions): Promise<Outcome> {
  await using home = await aHome();
  await using ring = await openRing(home, API_FAULTS);
  const before = { ring: await openFilesOf(ring.pid), own: await openFilesOf(process.pid) };
  const { reports, broken } = await fightAll(options, (round) => fightRound(ring, home, round));
  const leaks = {
    sandbox: await leakOf(ring.pid, before.ring, SETTLE_MS),
    contest: await leakOf(process.pid, before.own, SETTLE_MS),
  };
  const leaked = Object.entries(leaks).flatMap(([who, { sockets, files }]) =>
    sockets + files === 0 ? [] : [`the ${who} is left with ${sockets} sockets and ${files} files too many`],
  );
  return {
    reports,
    afterwards: [...broken, ...leaked, ...(await lateFalsehoods(ring, reports))],
    struck: strikesOf(await ring.faults()),
  };
}

type Round = Parameters<typeof fightRound>[2];

async function fightAll(
  { seed, count, abreast, only, onReport }: ContestOptions,
  fight: (round: Round) => Promise<Report>,
): Promise<{ reports: Report[]; broken: string[] }> {
  const queue = drawRounds(seed, count).filter(({ index }) => only?.includes(index) ?? true);
  const reports: Report[] = [];
  const broken: string[] = [];
  const fightOn = async () => {
    for (let round = queue.shift(); round !== undefined; round = queue.shift()) {
      const { index, intruder } = round;
      try {
        const report = await fight(round);
        onReport?.(report);
        reports.push(report);
      } catch (error) {
        broken.push(`round ${index}, ${intruder.name}: ${String(error)}`); // the others go on
      }
    }
  };
  await Promise.all(Array.from({ length: abreast }, fightOn));
  return { reports: reports.toSorted((one, other) => one.index - other.index), broken };
}

/** Each round has dice of its own, so that it can be fought again without the others. */
function drawRounds(seed: string, count: number): Round[] {
  const kinds = Array.from({ length: Math.ceil(count / INTRUDERS.length) }, (_, turn) =>
    diceOf(`${seed}/turn ${turn}`).shuffle(INTRUDERS),
  ).flat();
  return kinds
    .slice(0, count)
    .map((intruder, index) => ({ index, intruder, dice: diceOf(`${seed}/round ${index}`) }));
}

/** Once the last late event has come, the books show who was there when nobody was said to be. */
async function lateFalsehoods(ring: Ring, reports: readonly Report[]): Promise<string[]> {
  await new Promise((late) => setTimeout(late, LATE_EVENTS_MS));
  const events = await ring.events();
  return reports.flatMap(({ index, verdict, evidence }) => {
    if (evidence === undefined || (verdict !== 'evicted' && verdict !== 'not-connected')) return [];
    const open = openSessionsAt(evidence.decidedAt, events, evidence);
    return open.map(
      (session) => `round ${index}: "${verdict}" while session ${session} was open, by its events`,
    );
  });
}
