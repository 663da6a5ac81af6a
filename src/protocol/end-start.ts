/** Ends the start of a server: the next one may start. @param isUp whether it has answered; default: it has not */
export type EndStart = (isUp?: boolean) => void;
