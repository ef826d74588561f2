export { kafkaGroup } from './kafkaGroup';
