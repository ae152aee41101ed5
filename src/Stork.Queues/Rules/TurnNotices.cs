using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>What a turn has to tell, once its records are as durable as they must be.</summary>
internal sealed class TurnNotices
{
    public List<HandOut> HandOuts { get; } = [];

    /// <summary>Who is to be told, behind the hand-outs, that nothing more waits.</summary>
    public List<IDeliverySink> CaughtUp { get; } = [];

    /// <summary>What became a dead letter.</summary>
    public List<BuriedMessage> Buried { get; } = [];

    public void Clear()
    {
        HandOuts.Clear();
        CaughtUp.Clear();
        Buried.Clear();
    }
}
