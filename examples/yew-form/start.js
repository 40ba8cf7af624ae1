// Starts the application. trunk writes this into the page by itself.
import start from './main.js';

start();
