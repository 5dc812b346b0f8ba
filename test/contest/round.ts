import { copyFile, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { Verdict } from '../../src/domain/exit-codes.ts';
import { aCheckedRecord } from '../e2e/a-record.ts';
import { type Ended, evictionOf, type Home } from '../e2e/run.ts';
import { type Corner, type Draw, openCorner } from './corner.ts';
import type { Arrived, Intruder } from './intruder.ts';
import { recordIn } from './record-tail.ts';
import { type Evidence, falsehoodsIn, type Sample } from './referee.ts';
import type { Ring, Truth } from './ring.ts';
import type { Scene } from './scene.ts';
import { fairEnds } from './fair.ts';
import { drawWay, type Way, wordsOf } from './way.ts';
import { drawWeather, type Weather } from './weather.ts';

const AT_EXIT = new URL('at-exit.js', import.meta.url).href;

const TIMEOUT_MS = 10_000;
const DEADLINE_MS = 45_000;
/** What a busy machine may add to a deadline: the start, an act that is finished within its own limit, the end. */
const MARGIN_MS = 30_000;

/** How a round ended, for the table and for whoever has to look into it. */
export type Report = {
  readonly index: number;
  readonly intruder: string;
  readonly way: Way;
  readonly weather: string;
  readonly verdict: Verdict | 'hang' | 'no verdict';
  readonly cause: string | undefined;
  readonly falsehoods: readonly string[];
  readonly leaks: readonly string[];
  readonly struck: Readonly<Record<string, number>>;
  readonly tookMs: number;
  /** A copy of the record, where something was wrong with the round: the home does not outlive the contest. */
  readonly record: string | undefined;
  /** For the last look, at the events that came late. */
  readonly evidence: Evidence | undefined;
};

/** One eviction by the real bin: of one intruder, in one weather. */
export async function fightRound(ring: Ring, home: Home, draw: Draw): Promise<Report> {
  const { index, intruder, dice } = draw;
  const weather = drawWeather(dice);
  const drawn = drawWay(dice);
  const way = intruder.fits?.(drawn) ?? drawn;
  await using corner = await openCorner(ring, home.directory, draw);
  const { scene } = corner;
  const arrived = (await intruder.arrive(scene)) ?? {};
  for (const fault of weather.faults?.(scene) ?? []) await scene.fault(fault);
  if (weather.strike !== undefined) scene.keep(weather.strike(scene));
  const startedAt = Date.now();
  const outcome = await evict(home, { corner, arrived, intruder, way, weather });
  const tookMs = Date.now() - startedAt;
  const names = { index, intruder: intruder.name, way, weather: weather.name };
  const isWrong = outcome.falsehoods.length + outcome.leaks.length > 0;
  const record = isWrong ? await keptAfterwards(outcome.record, scene) : undefined;
  return { ...names, ...outcome, record, tookMs, struck: await corner.struck() };
}

async function keptAfterwards(record: string | undefined, { clientId }: Scene): Promise<string | undefined> {
  if (record === undefined) return undefined;
  const directory = await mkdtemp(join(tmpdir(), `evict-${clientId}-`));
  const copy = join(directory, basename(record));
  await copyFile(record, copy);
  return copy;
}

type Fight = {
  readonly corner: Corner;
  readonly arrived: Arrived;
  readonly intruder: Intruder;
  readonly way: Way;
  readonly weather: Weather;
};

async function evict(home: Home, fight: Fight) {
  const { scene, stateDirectory } = fight.corner;
  const sessionsBefore = sessionsOf(await scene.ring.truth(), scene.clientId);
  const deadlineMs = fight.intruder.deadlineMs ?? DEADLINE_MS;
  const atExit = join(stateDirectory, 'at-exit.json');
  const running = home.start(await commandLine(fight, deadlineMs), {
    env: { NODE_OPTIONS: `--import=${AT_EXIT}`, AT_EXIT: atExit },
    timeoutMs: deadlineMs + MARGIN_MS,
  });
  const said = running.said('}\n', 'stdout').catch(() => undefined); // it ended without a verdict
  const sample = await said.then(() => sampleOf(scene.ring));
  const ended = await running.ended;
  const record = await recordIn(stateDirectory);
  if (ended.code === null) return { ...without('hang', ended), record };
  if (ended.stdout === '') return { ...without('no verdict', ended), record };
  return { ...(await judged(ended, { fight, sample, sessionsBefore, atExit, record })), record };
}

async function commandLine({ corner, arrived, way }: Fight, deadlineMs: number): Promise<string[]> {
  const { scene, stateDirectory } = corner;
  // Whoever keeps his access comes back: of a kick alone no quiet is asked for.
  const holdMs = way.action === 'none' ? 0 : scene.holdMs;
  const values = {
    config: await configFor(scene, arrived),
    'state-dir': stateDirectory,
    hold: `${holdMs}ms`,
    timeout: `${TIMEOUT_MS}ms`,
    deadline: `${deadlineMs}ms`,
  };
  const given = Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
  return [
    ...given,
    '--yes',
    '--json',
    '--quiet',
    ...wordsOf(way),
    ...(arrived.words ?? []),
    '--',
    scene.clientId,
  ];
}

/** The sandbox's own configuration, with the colleagues. */
async function configFor({ ring, clientId }: Scene, { responders }: Arrived): Promise<string> {
  if (responders === undefined) return ring.config;
  const path = join(ring.directory, `${clientId}.yaml`);
  await writeFile(path, `${await readFile(ring.config, 'utf8')}${stringify({ responders })}`);
  return path;
}

async function sampleOf(ring: Ring): Promise<Sample> {
  const truth = await ring.truth(); // first: it moves fastest
  return { ...truth, registry: await ring.registry() };
}

function sessionsOf({ connections }: Truth, clientId: string): string[] {
  return connections
    .filter((one) => one.clientId === clientId)
    .map(({ sessionIdentifier }) => sessionIdentifier);
}

function without(verdict: 'hang' | 'no verdict', { code, stderr }: Ended) {
  const cause = `exit code ${String(code)}: ${stderr.trim().split('\n').at(-1) ?? ''}`;
  return { verdict, cause, falsehoods: [cause], leaks: [], evidence: undefined };
}

type Known = {
  readonly fight: Fight;
  readonly sample: Sample;
  readonly sessionsBefore: readonly string[];
  readonly atExit: string;
  readonly record: string | undefined;
};

const NOTHING_DONE: Verdict = 'denied';

const endedEntry = z.looseObject({ kind: z.literal('ended'), endedAt: z.number(), verdict: z.string() });

async function judged(ended: Ended, { fight, sample, sessionsBefore, atExit, record }: Known) {
  const { corner, arrived, way } = fight;
  const { clientId, identity } = corner.scene;
  const document = evictionOf(ended); // its JSON Schema is checked, too
  // A run that was stopped before it had found anybody keeps no record: then nothing may be said to be done.
  const last =
    record === undefined
      ? { verdict: NOTHING_DONE, endedAt: Date.now() }
      : endedEntry.parse((await aCheckedRecord(record)).at(-1));
  const evidence: Evidence = {
    clientId,
    way,
    certificateId: arrived.isUser === true ? undefined : identity.certificateId,
    responders: [corner.scene.ring.responder, ...(arrived.responders ?? [])],
    sessionsBefore,
    document,
    exitCode: ended.code,
    decidedAt: last.endedAt,
    sample,
    fair: fairEnds(fight, document),
  };
  const { verdict, cause } = document;
  const recorded = last.verdict === verdict ? [] : [`"${verdict}", and "${last.verdict}" in the record`];
  const falsehoods = [...falsehoodsIn(evidence), ...recorded];
  return { verdict, cause: cause?.code, falsehoods, leaks: await leaksOf(corner, atExit), evidence };
}

const atExitReport = z.object({ drained: z.boolean(), open: z.array(z.string()) });

/** What the process left open when it ended, and what it left behind. */
async function leaksOf({ stateDirectory }: Corner, atExit: string): Promise<string[]> {
  const { drained, open } = atExitReport.parse(JSON.parse(await readFile(atExit, 'utf8')));
  const claims = await readdir(join(stateDirectory, 'claims')).catch(() => []);
  return [
    ...(drained ? [] : ['something was left to wait for']),
    ...open.map((path) => `${path} was left open`),
    ...claims.map((name) => `the claim ${name} was left behind`),
  ];
}
