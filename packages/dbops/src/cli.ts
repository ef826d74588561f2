import { main } from './main';
import { processTerminal } from './terminal';

void main(process.argv.slice(2), processTerminal).then(exitCode => {
  process.exitCode = exitCode;
});
