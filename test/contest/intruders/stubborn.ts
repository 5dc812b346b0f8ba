import type { IClientOptions } from 'mqtt';
import { comeBackForEver, enter, leave, mustEnter, publishAs, type Scene, subscribed } from '../scene.ts';
import { usualEnds } from '../way.ts';
import type { Intruder } from '../intruder.ts';

const SHORTEST_BACK_OFF_MS = 100;
/** Two minutes are common; the hold is as much longer here as the default is there. */
const LONGEST_BACK_OFF_MS = 1_600;

/** Is let in, and comes back whenever it is dropped. */
async function stay(scene: Scene, pauseMs: (tries: number) => number, options: IClientOptions = {}) {
  const way = { identity: scene.identity };
  const first = await mustEnter(scene, way, options);
  scene.keep(first.over.then(() => comeBackForEver(scene, way, { ...options, pauseMs })));
  return first;
}

const STUBBORN = { ends: usualEnds, returns: true } as const;

/** They come back for ever, each in its own way. */
export const STUBBORN_INTRUDERS: readonly Intruder[] = [
  { name: 'comes back at once', ...STUBBORN, arrive: async (scene) => void (await stay(scene, () => 120)) },
  {
    name: 'backs off',
    ...STUBBORN,
    longestPauseMs: LONGEST_BACK_OFF_MS,
    arrive: async (scene) =>
      void (await stay(scene, (tries) =>
        Math.min(LONGEST_BACK_OFF_MS, SHORTEST_BACK_OFF_MS * 2 ** tries * (0.5 + Math.random() / 2)),
      )),
  },
  {
    name: 'has a persistent session',
    ...STUBBORN,
    arrive: async (scene) => {
      const topic = `orders/${scene.clientId}`;
      const kept = { clean: false };
      const before = await mustEnter(scene, { identity: scene.identity }, kept);
      await subscribed(before, topic);
      await leave(before, 'DISCONNECT');
      await publishAs(scene, await scene.ring.device(), [topic, topic]);
      await withinTheRate();
      await stay(scene, () => 150, kept);
    },
  },
  {
    name: 'has a will',
    ...STUBBORN,
    arrive: async (scene) => {
      const retain = scene.dice.chance(0.5);
      const will = {
        topic: `status/${scene.clientId}`,
        payload: Buffer.from('lost'),
        qos: 1,
        retain,
      } as const;
      await stay(scene, () => 150, { will });
    },
  },
  {
    name: 'several processes',
    ...STUBBORN,
    arrive: async (scene) => {
      await stay(scene, () => 200);
      for (const pauseMs of [250, 310]) {
        scene.keep(comeBackForEver(scene, { identity: scene.identity }, { pauseMs: () => pauseMs }));
      }
    },
  },
  {
    name: 'uses every second up',
    ends: (way) => [...usualEnds(way), 'unverified', 'returned'], // `id-contended`, where we never had the ID
    returns: true,
    arrive: async (scene) => {
      await stay(scene, () => 60);
      await scene.fault({ fault: 'count-refused-connects', client: scene.clientId });
    },
    fits: (way) => ({ ...way, action: way.action === 'none' ? 'none' : 'detach' }),
  },
  {
    name: 'silent and half open',
    ends: usualEnds,
    arrive: async (scene) => {
      await mustEnter(scene, { identity: scene.identity });
      await scene.fault({ fault: 'stall-connection', client: scene.clientId, times: 1 });
    },
  },
];

/** One CONNECT a second for each client ID. */
async function withinTheRate(): Promise<void> {
  await new Promise((tick) => setTimeout(tick, 1_050));
}

/** Connects as soon as it is let in, for a bounded number of times. Whether it was. */
export async function pushIn(scene: Scene, tries: number): Promise<boolean> {
  for (let tried = 0; tried < tries; tried += 1) {
    if ((await enter(scene, { identity: scene.identity })) !== undefined) return true;
    await new Promise((tick) => setTimeout(tick, 50));
  }
  return false;
}
