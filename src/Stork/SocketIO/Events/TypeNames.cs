namespace Stork.SocketIO.Events;

/// <summary>Types as a programmer writes them, nearly: <c>List&lt;Order&gt;</c>.</summary>
internal static class TypeNames
{
    public static string Of(Type type)
    {
        if (!type.IsGenericType) return type.Name;
        var tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        return $"{(tick < 0 ? type.Name : type.Name[..tick])}<{string.Join(", ", type.GetGenericArguments().Select(Of))}>";
    }
}
