export const pluginId = 'database-ops';
