import { describe, expect, it } from '@jest/globals';
import { backOffMs } from '../../src/domain/back-off.ts';
import { MOST_PER_SECOND, Rate } from '../../src/domain/rate.ts';
import { Recording } from '../../src/domain/recording.ts';

const SECOND = 1_000;

describe('the rate of a recording', () => {
  it('is that of the last minute, or of the time since it began', () => {
    const rate = new Rate();
    rate.count(0, 30);
    expect(rate.perSecond(10 * SECOND, 0)).toBe(3);
    expect(rate.perSecond(59 * SECOND, 0)).toBeCloseTo(30 / 59);
    rate.count(90 * SECOND, 60);
    expect(rate.perSecond(90 * SECOND, 0)).toBe(1);
    expect(rate.perSecond(200 * SECOND, 0)).toBe(0);
    expect(rate.total).toBe(90);
  });

  it('is too much once a second had as many events as AWS delivers', () => {
    const rate = new Rate();
    for (let second = 0; second < 10; second += 1) rate.count(second * SECOND, MOST_PER_SECOND - 1);
    expect(rate.isTooMuch).toBe(false);
    rate.count(9 * SECOND + 999, 1);
    expect(rate.isTooMuch).toBe(true);
  });
});

describe('a recording', () => {
  it('counts all its gaps, and tells the newest hundred', () => {
    const recording = new Recording(0);
    for (let from = 0; from < 150; from += 1) recording.missed({ from, to: from + 1 });
    expect(recording.gapCount).toBe(150);
    expect(recording.gaps.map(({ from }) => from)).toEqual(
      Array.from({ length: 100 }, (_, index) => 50 + index),
    );
  });
});

describe('a recording that is cut off', () => {
  it('has no gap where it hears again, and the broker kept what came', () => {
    const recording = new Recording(0);
    recording.lost(5);
    expect(recording.unheardSince).toBe(5);
    recording.listening();
    recording.ended(9);
    expect(recording).toMatchObject({ gapCount: 0, unheardSince: undefined });
  });

  it('and is ended then, ends in a gap', () => {
    const recording = new Recording(0);
    recording.lost(5);
    recording.ended(9);
    expect(recording).toMatchObject({ gapCount: 1, gaps: [{ from: 5, to: 9 }] });
  });
});

describe('the pause before another attempt', () => {
  it('grows to a minute, is never under a second, and differs', () => {
    expect([1, 2, 3, 10, 1_000].map((failures) => backOffMs(failures, 1))).toEqual([
      2_000, 4_000, 8_000, 60_000, 60_000,
    ]);
    expect([1, 10].map((failures) => backOffMs(failures, 0))).toEqual([1_000, 1_000]);
    expect(backOffMs(3, 0.5)).toBe(4_500);
  });
});
