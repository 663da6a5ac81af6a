/**
 * An expression of a dashboard with its variables filled in, as Grafana does before it asks Prometheus.
 *
 * @param values by name, without `$`
 * @throws Error when a variable has no value
 */
export function filled(expr: string, values: Readonly<Record<string, string>>): string {
  return expr.replace(/\$\{?(\w+)\}?/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`$${name} has no value: ${expr}`);
    return value;
  });
}
