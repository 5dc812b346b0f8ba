import type { Dice } from './dice.ts';
import type { Scene } from './scene.ts';

/** What goes wrong in a round besides the intruder. */
export type Weather = {
  readonly name: string;
  readonly weight: number;
  /** Whether the proof itself, or the way to it, may be lost: then less than the usual end is no failure. */
  readonly lossy: boolean;
  /** The faults, put on once the intruder is in. */
  readonly faults?: (scene: Scene) => readonly object[];
  /** What strikes in the middle of the run. */
  readonly strike?: (scene: Scene) => Promise<void>;
};

const WEATHERS: readonly Weather[] = [
  { name: 'calm', weight: 8, lossy: false },
  {
    name: 'late events',
    weight: 3,
    lossy: false,
    faults: ({ clientId: client, dice }) => [{ fault: 'event-delay', ms: dice.between(200, 2_500), client }],
  },
  {
    name: 'late ends',
    weight: 1,
    lossy: true, // later than the tool waits for an event of what the API dropped
    faults: ({ clientId: client }) => [{ fault: 'event-delay', ms: 6_500, event: 'disconnected', client }],
  },
  {
    name: 'events twice',
    weight: 2,
    lossy: false,
    faults: ({ clientId: client }) => [{ fault: 'duplicate-events', client }],
  },
  {
    name: 'events out of order',
    weight: 2,
    lossy: false,
    faults: ({ clientId: client }) => [
      { fault: 'reorder-events', rate: 0.5, client },
      { fault: 'duplicate-events', rate: 0.3, client },
    ],
  },
  {
    name: 'some events lost',
    weight: 2,
    lossy: true,
    faults: ({ clientId: client, dice }) => [
      { fault: 'lose-events', rate: 0.2 + dice.fraction() / 2, client },
      { fault: 'event-delay', ms: dice.between(100, 1_500), rate: 0.5, client },
    ],
  },
  {
    name: 'all events lost',
    weight: 1,
    lossy: true,
    faults: ({ clientId: client }) => [{ fault: 'lose-events', client }],
  },
  { name: 'watch cut', weight: 1, lossy: true, strike: (scene) => disturbWatch(scene, 'drop-connection') },
  {
    name: 'watch silent',
    weight: 1,
    lossy: true,
    strike: (scene) => disturbWatch(scene, 'stall-connection'),
  },
  {
    name: 'client ID cut',
    weight: 1,
    lossy: true,
    faults: ({ clientId: client, dice }) => [
      { fault: 'drop-connection', ms: dice.between(300, 2_000), times: 3, client },
    ],
  },
  { name: 'client ID silent', weight: 1, lossy: true, strike: stallOurs },
  {
    name: 'refusals counted',
    weight: 1,
    lossy: true, // who hammers at the door uses every second up
    faults: ({ clientId: client }) => [{ fault: 'count-refused-connects', client }],
  },
  {
    name: 'API throttled',
    weight: 1,
    lossy: false,
    faults: ({ clientId: client }) => [
      { fault: 'throttle', operation: 'GetConnection', times: 2, client },
      { fault: 'server-error', operation: 'DeleteConnection', times: 1, client },
    ],
  },
  {
    name: 'API answers lost',
    weight: 1,
    lossy: true, // nobody knows whom a call dropped whose answer did not come

    faults: ({ clientId: client }) => [
      { fault: 'lost-reply', operation: 'DeleteConnection', times: 1, client },
    ],
  },
];

export function drawWeather(dice: Dice): Weather {
  return dice.pick(WEATHERS.flatMap((one) => Array.from({ length: one.weight }, () => one)));
}

async function disturbWatch(scene: Scene, fault: 'drop-connection' | 'stall-connection'): Promise<void> {
  const { watcherId } = await scene.recorded(({ kind }) => kind === 'watching');
  await scene.fault({ fault, client: watcherId, ms: scene.dice.between(0, 3_000), times: 1 });
}

/** Our own hold on the client ID goes silent, not the intruder's. */
async function stallOurs(scene: Scene): Promise<void> {
  await scene.recorded(({ kind, step }) => kind === 'done' && step === 'takeover');
  await scene.fault({ fault: 'stall-connection', client: scene.clientId, times: 1 });
}
