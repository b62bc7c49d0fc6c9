/** Where a job writes down how its output was made: for its folder, or for its one output. */
export const JOB_CONFIG = /^(?:.+\.)?config\.yaml$/;
