// Stands in for modules that no panel uses.
export default {};
export const editor = {};
export const languages = {};
