import { describe, expect, test } from 'vitest';
import { Environment } from '../../../src/config/environment.js';
import { decodeText } from '../../../src/config/text-file.js';

describe('the environment', () => {
  test('of Windows knows no case, and keeps the first spelling', () => {
    const environment = new Environment({ Path: 'C:\\bin' }, '/', 'win32');
    environment.set('PATH', 'C:\\other');
    expect(environment.get('path')).toBe('C:\\other');
    expect(environment.record()).toEqual({ Path: 'C:\\other' });
    environment.delete('pATH');
    expect(environment.record()).toEqual({});
  });

  test('elsewhere tells names apart by case', () => {
    const environment = new Environment({ Path: 'a', PATH: 'b' }, '/', 'linux');
    expect(environment.record()).toEqual({ Path: 'a', PATH: 'b' });
  });

  test('takes from .env only what is not set, also when it is set to nothing', () => {
    const environment = new Environment({ A: 'real', B: '', C: undefined }, '/', 'linux');
    environment.addEnvFile('/.env', 'A=file\nB=file\nC=file\n');
    expect(environment.record()).toEqual({ A: 'real', B: '', C: 'file' });
  });

  test('remembers in which line of .env a variable stands', () => {
    const environment = new Environment({}, '/', 'linux');
    environment.addEnvFile('/x/.env', '# comment\n\nexport A="one"\nAB=two\n');
    expect(environment.read('A').place).toEqual({ file: '/x/.env', path: 'A', line: 3 });
    expect(environment.read('AB').place.line).toBe(4);
    expect(environment.read('A').value).toBe('one');
  });

  test('leaves the record it was made from alone', () => {
    const real = { A: '1' };
    const environment = new Environment(real, '/');
    environment.addEnvFile('/.env', 'B=2');
    environment.copy().set('A', '3');
    expect(real).toEqual({ A: '1' });
    expect(environment.get('A')).toBe('1');
  });

  test('reads UTF-8 with a byte order mark and the UTF-16 that PowerShell writes', () => {
    expect(decodeText(Buffer.from('\ufeffA=1', 'utf8'))).toBe('A=1');
    expect(decodeText(Buffer.from('\ufeffA=1', 'utf16le'))).toBe('A=1');
    expect(decodeText(Buffer.from('A=é', 'utf8'))).toBe('A=é');
  });
});
