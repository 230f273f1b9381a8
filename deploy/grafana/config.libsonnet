// What all dashboards share.
{
  // The sensors that were chosen at the top of a dashboard.
  sensors: 'job=~"$job", instance=~"$instance"',
  // Keys in a list, lines in a graph.
  top: 10,
  tags: ['rcodescope', 'dns'],

  // Why a figure here is not a server's own.
  wire: |||
    Counted on the wire: one for each response message that the mirror showed, under its full code. Servers count something
    else. They count what they decided: rate limiting and loss come later, and a resolver's upstream side is counted here
    as well where the mirror shows it. BIND: QryAuthAns and QryNoauthAns hold NXDOMAIN and NODATA too, QrySuccess neither.
    Unbound: num.answer.rcode.NOERROR holds NODATA, which stands in nodata again, and reading resets unless statistics are
    cumulative. CoreDNS: responses_total called a query without an answer NOERROR before 1.8.5, and NXDOMAIN NOERROR in 1.8.7.
  |||,
}
