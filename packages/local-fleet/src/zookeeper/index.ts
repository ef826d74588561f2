export { zookeeperGroup } from './zookeeperGroup';
