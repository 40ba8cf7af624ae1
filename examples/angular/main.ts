import { provideZonelessChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { Orders } from './orders.js';

bootstrapApplication(Orders, { providers: [provideZonelessChangeDetection()] });
