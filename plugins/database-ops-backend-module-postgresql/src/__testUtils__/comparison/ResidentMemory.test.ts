import { courseOf } from './ResidentMemory';

const course = (sizes: readonly number[]) =>
  courseOf(sizes.map((mebibytes, seconds) => ({ mebibytes, seconds })));

describe('the course of memory', () => {
  it('is flat where the end is as the beginning, whatever lies between', () => {
    expect(course([400, 401, 480, 520, 500, 470, 402, 400])).toMatchObject({
      first: 400,
      last: 400,
      highest: 520,
      isFlat: true,
    });
  });

  it('is not flat where it rises, and says by how much', () => {
    const rising = course([400, 410, 420, 430, 440, 450, 460, 470]);
    expect(rising.isFlat).toBe(false);
    expect(rising.slopePerMinute).toBeCloseTo(600);
  });
});
