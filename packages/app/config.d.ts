export interface Config {
  auth?: {
    providers?: {
      demo?: {
        /**
         * Anyone who reaches the portal may sign in with any role of the
         * demo. The backend refuses to start with it unless it listens on
         * loopback only.
         *
         * @visibility frontend
         */
        dangerouslyAllowDemoSignIn?: boolean;
      };
    };
  };
}
