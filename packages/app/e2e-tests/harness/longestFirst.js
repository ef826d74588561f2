// The order of the files: where two run at a time, a long one that starts last
// would run alone at the end.
const { basename } = require('node:path');

/** The longest ones by name; dbops takes over the whole fleet of members. The others follow. */
const LONGEST = [
  'schedule',
  'members',
  'dbops',
  'pointInTime',
  'severalRepositories',
  'faults',
  'kills',
];

const rank = ({ path }) => {
  const index = LONGEST.indexOf(basename(path).split('.')[0]);
  return index === -1 ? LONGEST.length : index;
};

/** What Jest asks of a sequencer. */
class LongestFirst {
  sort(tests) {
    return [...tests].sort((one, other) => rank(one) - rank(other));
  }

  cacheResults() {}
}

module.exports = LongestFirst;
