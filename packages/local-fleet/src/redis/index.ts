export { redisGroup } from './redisGroup';
