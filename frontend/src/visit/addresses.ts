// Where things are on the server. The worker and the page use the same.

export const API = "/api/visits/";
export const PAGE = "/visits/";
export const SHELL = "/visits/shell/";
export const WORKER = "/visits/sw.js";
export const LOGIN = "/accounts/login/?next=/visits/";
export const LOGOUT = "/accounts/logout/";
export const WORDS = (language: string) => `/visits/words.${language}.json`;
