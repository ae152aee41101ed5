using Stork.Bench.Load;

namespace Stork.Bench.Scenarios;

/// <summary>Messages that stay the same while something else on the server grows.</summary>
internal interface IGrowingLoad : IConversation
{
    /// <summary>How large it becomes, one after the other.</summary>
    IReadOnlyList<int> Sizes { get; }

    /// <summary>Messages so far.</summary>
    long Answered { get; }

    /// <summary>Those that are under way.</summary>
    int Unanswered { get; }

    /// <summary>Nothing is sent any more.</summary>
    bool IsEnding { get; set; }

    /// <summary>Lets it become so large; from then on messages are under way whenever the loop is served.</summary>
    void Grow(LoadLoop loop, int size);
}
