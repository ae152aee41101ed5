using System.Globalization;

namespace Stork.Interop.Tests.WorkQueues;

/// <summary>
/// What server and workers wrote down: who was given which job when, and how each ended it. Their times are of one clock,
/// so that an answer is older than what it causes.
/// </summary>
internal sealed class WorkLedger
{
    /// <summary>A lease has 2 s, and begins before the server comes to write that it gave the job: on a busy machine long before.</summary>
    private const double ShortestLease = 0.5 * 1000;

    private readonly List<string> _lines = [];
    private readonly List<Hand> _given = [];
    private readonly Dictionary<(string Owner, string Job, int Attempt), (double At, bool IsAck)> _ended = [];
    private readonly Dictionary<string, double> _gone = new(StringComparer.Ordinal);
    private readonly List<double> _boots = [];
    private readonly List<double> _stops = [];

    public WorkLedger(IEnumerable<string> logs)
    {
        _lines.AddRange(logs.Where(File.Exists).SelectMany(File.ReadAllLines));
        foreach (var line in _lines) Read(line.Split(' '));
        _given.Sort((a, b) => a.At.CompareTo(b.At));
    }

    public IReadOnlyList<Hand> Given => _given;

    public int Boots => _boots.Count;

    /// <summary>Runs of the server that ended in order.</summary>
    public int Stops => _stops.Count;

    public int Disconnections => _gone.Count;

    /// <summary>Jobs that somebody said to have done.</summary>
    public HashSet<string> Done => [.. _ended.Where(ended => ended.Value.IsAck).Select(ended => ended.Key.Job)];

    /// <summary>Consecutive hands of one job, or of one key: nobody gets it while somebody else has it,
    /// except for a reason that is on record.</summary>
    public void CheckExclusion()
    {
        foreach (var hands in _given.GroupBy(hand => hand.Job)) Check(hands, again: true);
        foreach (var hands in _given.Where(hand => hand.Key != "-").GroupBy(hand => hand.Key)) Check(hands, again: false);
    }

    /// <summary>Of a key, the next job is not given before the one before it was done.</summary>
    public void CheckOrder()
    {
        var done = _ended.Where(ended => ended.Value.IsAck)
            .GroupBy(ended => ended.Key.Job)
            .ToDictionary(group => group.Key, group => group.Min(ended => ended.Value.At));
        foreach (var hands in _given.Where(hand => hand.Key != "-").GroupBy(hand => hand.Key))
        {
            var firsts = hands.GroupBy(hand => hand.Job).Select(group => group.First()).OrderBy(hand => hand.Sequence).ToList();
            foreach (var (before, next) in firsts.Zip(firsts.Skip(1)))
                done.GetValueOrDefault(before.Job, double.MaxValue).ShouldBeLessThan(next.At, $"{before} is done before {next} is given");
        }
    }

    /// <summary>What the server's own consumer had done when the server ended in order, no later run gives to anybody.</summary>
    public void CheckStops()
    {
        foreach (var hands in _given.GroupBy(hand => hand.Job))
        {
            foreach (var (before, next) in hands.Zip(hands.Skip(1)))
            {
                if (before.Owner != "server") continue;
                if (!_ended.TryGetValue((before.Owner, before.Job, before.Attempt), out var end) || !end.IsAck) continue;
                // The run that it was done in: what comes first behind its end.
                var boot = _boots.Where(at => at > end.At).DefaultIfEmpty(double.MaxValue).Min();
                if (!_stops.Exists(stop => stop > end.At && stop < boot)) continue;
                Assert.Fail($"{next} was given although {before} was done before the server stopped. {Story(before, next)}");
            }
        }
    }

    private void Check(IEnumerable<Hand> hands, bool again)
    {
        Hand? before = null;
        foreach (var hand in hands)
        {
            if (before is not null && !IsExplained(before, hand, again))
                Assert.Fail($"{hand} was given although {before} had it. {Story(before, hand)}");
            before = hand;
        }
    }

    private string Story(Hand before, Hand next)
    {
        string[] words = [before.Job, next.Job, before.Owner, "boot"];
        var story = _lines.Where(line => TimeOf(line) >= before.At - 5000 && TimeOf(line) <= next.At + 1000
            && words.Any(word => word != "server" && line.Split(' ').Contains(word)));
        return "\n" + string.Join('\n', story.OrderBy(TimeOf));
    }

    private static double TimeOf(string line) => double.TryParse(line.Split(' ')[0], CultureInfo.InvariantCulture, out var at) ? at : 0;

    /// <param name="before">Who had it.</param>
    /// <param name="next">Who got it next.</param>
    /// <param name="again">It is the same job, so that it must not be done already, as far as the server can know.</param>
    private bool IsExplained(Hand before, Hand next, bool again)
    {
        if (_ended.TryGetValue((before.Owner, before.Job, before.Attempt), out var end) && end.At <= next.At && !(again && end.IsAck))
            return true;
        if (_boots.Exists(boot => boot > before.At && boot <= next.At)) return true;
        if (_gone.TryGetValue(before.Owner, out var gone) && gone <= next.At) return true;
        // The late answer of somebody who had it earlier counts: the key is free, whoever still works on the job.
        if (before.Job != next.Job
            && _ended.Any(other => IsLateAnswer(other.Key, before) && other.Value.IsAck && other.Value.At <= next.At))
        {
            return true;
        }

        // A user who is back takes what the lost connection had.
        if (before.User != "-" && before.User == next.User && before.Owner != next.Owner) return true;
        return before.Owner != "server" && next.At - before.At >= ShortestLease;
    }

    private static bool IsLateAnswer((string Owner, string Job, int Attempt) ended, Hand latest) =>
        ended.Job == latest.Job && ended.Attempt < latest.Attempt;

    private void Read(string[] line)
    {
        // A line that its writer did not live to complete.
        if (line.Length < 2 || !double.TryParse(line[0], CultureInfo.InvariantCulture, out var at)) return;
        switch (line[1..])
        {
            case ["boot"]: _boots.Add(at); break;
            case ["stopped"]: _stops.Add(at); break;
            case ["gone", var owner, _]: _gone[owner] = at; break;
            case ["give", var owner, var user, var job, var key, var sequence, var attempt]:
                _given.Add(new Hand(at, owner, user, job, key, Number(sequence), Number(attempt)));
                break;
            case ["end", var owner, var job, var attempt, var how]:
                _ended[(owner, job, Number(attempt))] = (at, how == "ack");
                break;
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    internal sealed record Hand(double At, string Owner, string User, string Job, string Key, int Sequence, int Attempt);
}
