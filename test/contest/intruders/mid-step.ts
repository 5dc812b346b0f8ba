import { setTimeout as delay } from 'node:timers/promises';
import type { Intruder } from '../intruder.ts';
import { leave, mustEnter, type Scene } from '../scene.ts';
import { usualEnds, type Way } from '../way.ts';
import { pushIn } from './stubborn.ts';

const CUTS = new Set(['deactivate', 'detach']);

/** They strike in the middle of a step: once each, at the worst moment. */
export const MID_STEP_INTRUDERS: readonly Intruder[] = [
  {
    name: 'comes back after the read-back',
    ends: usualEnds,
    returns: true,
    arrive: async (scene) => {
      const first = await mustEnter(scene, { identity: scene.identity });
      const act = async () => {
        await scene.recorded(({ kind, step = '' }) => kind === 'done' && CUTS.has(step));
        await leave(first, scene.dice.chance(0.5) ? 'DISCONNECT' : 'cut');
        await pushIn(scene, 40);
      };
      scene.keep(act());
    },
  },
  {
    name: 'comes back after our CONNACK',
    ends: usualEnds,
    returns: true,
    arrive: async (scene) => {
      const first = await mustEnter(scene, { identity: scene.identity });
      scene.keep(first.over.then(() => pushIn(scene, 40)));
    },
  },
  {
    name: 'comes back at the end of the hold',
    ends: usualEnds,
    returns: true,
    arrive: async (scene) => {
      await mustEnter(scene, { identity: scene.identity });
      const earlyMs = scene.dice.between(150, 500);
      scene.keep(comeAtTheEnd(scene, earlyMs));
    },
  },
  {
    name: 'drops by itself before the kick',
    // The end of its session is seen after the containment, and is proof, or before it, and nobody is there.
    ends: (way) =>
      way.action === 'none' ? ['kicked', 'not-connected'] : ['evicted', 'not-connected', ...untold(way)],
    endsInStorm: ['not-connected'],
    arrive: async (scene) => {
      const first = await mustEnter(scene, { identity: scene.identity });
      const moment = scene.dice.pick(['watch-proved', 'intended', 'done']);
      const how = scene.dice.pick(['DISCONNECT', 'cut'] as const);
      scene.keep(scene.recorded(({ kind }) => kind === moment).then(() => leave(first, how)));
    },
  },
];

/** The door shuts later than the first hold would be over, but for the return. */
async function comeAtTheEnd(scene: Scene, earlyMs: number): Promise<void> {
  const { signal, holdMs } = scene;
  await scene.recorded(({ kind, step }) => kind === 'done' && KICKS.has(step ?? ''));
  await delay(Math.max(0, holdMs - earlyMs), undefined, { signal });
  // Too late on a busy machine: what comes after the hold is no return.
  if (await scene.hasRecorded(({ kind }) => kind === 'held')) return;
  await pushIn(scene, 1);
}

const KICKS = new Set(['takeover', 'delete-connection']);

/** Without a kick, nothing but GetConnection tells that it has left. */
function untold({ method }: Way) {
  return method === 'none' ? (['unverified'] as const) : [];
}
