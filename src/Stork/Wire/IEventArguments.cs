namespace Stork.Wire;

/// <summary>The arguments of an emit, generic all the way down so that a value is neither boxed nor put into an array.</summary>
internal interface IEventArguments
{
    void WriteTo(PacketBuilder packet, ArgumentSerializer serializer);
}

internal readonly struct NoArguments : IEventArguments
{
    public void WriteTo(PacketBuilder packet, ArgumentSerializer serializer)
    {
    }
}

internal readonly struct Arguments<T>(T value) : IEventArguments
{
    public void WriteTo(PacketBuilder packet, ArgumentSerializer serializer) => serializer.Write(packet, value);
}

internal readonly struct Arguments<T1, T2>(T1 first, T2 second) : IEventArguments
{
    public void WriteTo(PacketBuilder packet, ArgumentSerializer serializer)
    {
        serializer.Write(packet, first);
        serializer.Write(packet, second);
    }
}

internal readonly struct Arguments<T1, T2, T3>(T1 first, T2 second, T3 third) : IEventArguments
{
    public void WriteTo(PacketBuilder packet, ArgumentSerializer serializer)
    {
        serializer.Write(packet, first);
        serializer.Write(packet, second);
        serializer.Write(packet, third);
    }
}

/// <summary>The arguments of a <c>params object[]</c>.</summary>
internal readonly struct ArgumentList(object?[]? values) : IEventArguments
{
    public void WriteTo(PacketBuilder packet, ArgumentSerializer serializer)
    {
        // To C# an array of any class is an array of objects, too, and null is one that is not there: both were meant as one argument.
        if (values?.GetType() != typeof(object[]))
        {
            serializer.Write<object?>(packet, values);
            return;
        }

        foreach (var value in values) serializer.Write(packet, value);
    }
}
