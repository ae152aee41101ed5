
namespace Stork.Diagnostics;

/// <summary>
/// Whether something that clients cause is worth a line in the log: each once an hour, and not more than so many in all, for clients choose
/// what it says.
/// </summary>
internal sealed class Notices(TimeProvider time)
{
    /// <summary>Different ones within <see cref="Period"/>; the others are not told.</summary>
    public const int MaxCount = 100;

    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly HashSet<(string Subject, string Detail)> _told = [];
    private long _began = time.GetTimestamp();

    public bool IsNew(string subject, string detail)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (time.GetElapsedTime(_began, now) > Period)
            {
                _told.Clear();
                _began = now;
            }

            // As they are shown, which also bounds what is kept.
            return _told.Count < MaxCount && _told.Add((LogText.Of(subject), LogText.Of(detail)));
        }
    }
}
